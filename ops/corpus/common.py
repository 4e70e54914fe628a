"""What the makers of the second corpus share: the folder, the texts, and how a file and its right outcome are told."""
import json
import pathlib
import shutil
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

TEXTS = {
    "en": "The lighthouse keeper climbs the narrow stairs every evening, lights the lamp and writes the weather into his book.",
    "de": "Der Leuchtturmwärter steigt jeden Abend die enge Treppe hinauf, zündet die Lampe an und schreibt das Wetter in sein Buch.",
    "fr": "Chaque soir, le gardien du phare monte l'escalier étroit, allume la lampe et note la météo du jour dans son carnet à côté.",
    "es": "El farero sube cada noche la estrecha escalera, enciende la lámpara y anota en su cuaderno el tiempo que hizo aquel día.",
    "pt": "O faroleiro sobe todas as noites a escada estreita, acende a lâmpada e anota no seu caderno o tempo que fez durante o dia.",
    "it": "Il guardiano del faro sale ogni sera la stretta scala, accende la lampada e annota sul quaderno il tempo che ha fatto, perché così si è sempre fatto.",
    "nl": "De vuurtorenwachter beklimt elke avond de smalle trap, steekt de lamp aan en schrijft het weer van de dag in zijn boek.",
    "sv": "Fyrvaktaren går varje kväll uppför den smala trappan, tänder lampan och skriver ner dagens väder i sin bok på bordet.",
    "da": "Fyrpasseren går hver aften op ad den smalle trappe, tænder lampen og skriver dagens vejr ned i sin bog ved vinduet.",
    "fi": "Majakanvartija kiipeää joka ilta kapeat portaat ylös, sytyttää lampun ja kirjoittaa päivän sään kirjaansa pöydän ääressä.",
    "pl": "Latarnik co wieczór wchodzi po wąskich schodach, zapala lampę i zapisuje w swojej książce, jaka była pogoda tego dnia.",
    "cs": "Strážce majáku každý večer vystoupá po úzkých schodech, rozsvítí lampu a zapíše do své knihy, jaké bylo ten den počasí.",
    "hu": "A világítótorony őre minden este felmegy a keskeny lépcsőn, meggyújtja a lámpát, és beírja a könyvébe az aznapi időjárást.",
    "ro": "Paznicul farului urcă în fiecare seară scara îngustă, aprinde lampa și scrie în caietul său cum a fost vremea în acea zi.",
    "ru": "Смотритель маяка каждый вечер поднимается по узкой лестнице, зажигает лампу и записывает в свою книгу погоду за день.",
    "uk": "Доглядач маяка щовечора підіймається вузькими сходами, запалює лампу і записує до своєї книги погоду за весь день.",
    "bg": "Пазачът на фара всяка вечер се изкачва по тясното стълбище, запалва лампата и записва в книгата си времето през деня.",
    "el": "Ο φαροφύλακας ανεβαίνει κάθε βράδυ τη στενή σκάλα, ανάβει τη λάμπα και γράφει στο βιβλίο του τον καιρό της ημέρας.",
    "tr": "Fener bekçisi her akşam dar merdivenlerden yukarı çıkar, lambayı yakar ve o günün havasını defterine özenle yazar.",
    "vi": "Mỗi buổi tối người gác hải đăng leo lên cầu thang hẹp, thắp sáng ngọn đèn và ghi lại thời tiết trong ngày vào sổ của mình.",
    "id": "Setiap malam penjaga mercusuar menaiki tangga yang sempit, menyalakan lampu dan menuliskan cuaca hari itu di dalam bukunya.",
    "ar": "يصعد حارس المنارة كل مساء الدرج الضيق ويشعل المصباح ثم يكتب في دفتره حالة الطقس في ذلك اليوم قبل أن ينام.",
    "fa": "نگهبان فانوس دریایی هر شب از پله‌های باریک بالا می‌رود، چراغ را روشن می‌کند و وضع هوای آن روز را در دفترش می‌نویسد.",
    "he": "שומר המגדלור מטפס כל ערב במדרגות הצרות, מדליק את המנורה ורושם בספרו את מזג האוויר של אותו היום לפני השינה.",
    "hi": "प्रकाशस्तंभ का रखवाला हर शाम सँकरी सीढ़ियाँ चढ़ता है, दीपक जलाता है और अपनी किताब में उस दिन का मौसम लिखता है।",
    "bn": "বাতিঘরের রক্ষক প্রতি সন্ধ্যায় সরু সিঁড়ি বেয়ে ওঠেন, প্রদীপ জ্বালান এবং নিজের খাতায় সেদিনের আবহাওয়া লিখে রাখেন।",
    "ta": "கலங்கரை விளக்கின் காவலர் ஒவ்வொரு மாலையும் குறுகிய படிக்கட்டில் ஏறி விளக்கை ஏற்றி அன்றைய வானிலையைத் தன் புத்தகத்தில் எழுதுகிறார்.",
    "th": "ผู้เฝ้าประภาคารเดินขึ้นบันไดแคบทุกเย็น จุดตะเกียงแล้วจดสภาพอากาศของวันนั้นลงในสมุดบันทึกของเขาก่อนเข้านอน",
    "ja": "灯台守は毎晩せまい階段をのぼり、ランプに火をともして、その日の天気を手帳に書きとめる。それから静かに眠りにつく。",
    "ko": "등대지기는 매일 저녁 좁은 계단을 올라가 등불을 켜고 그날의 날씨를 자신의 공책에 적은 다음 조용히 잠자리에 든다.",
    "zh": "灯塔看守人每天晚上爬上狭窄的楼梯，点亮灯火，并把当天的天气写进自己的记录本里，然后才安静地睡觉。",
    "zh-Hant": "燈塔看守人每天晚上爬上狹窄的樓梯，點亮燈火，並把當天的天氣寫進自己的記錄本裡，然後才安靜地睡覺。",
}


def said(name, type=None, reason=None, has=(), lacks=(), **more):
    line = {"file": name, "type": type, "reason": reason, "has": [has] if isinstance(has, str) else list(has), "lacks": list(lacks)}
    print(json.dumps({**line, **more}, ensure_ascii=False))


def put(name, data, type=None, reason=None, **more):
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    said(name, type, reason, **more)


def path(name):
    return str(folder / name)


def run(*command, input=None):
    """The output of a program; None where it is missing or fails."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, input=input, capture_output=True, timeout=180)
    return done.stdout if done.returncode == 0 else None
