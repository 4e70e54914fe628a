"""Makes a second, meaner corpus: more writers, more languages, more ways to be wrong. Each file's right outcome is a line of JSON.

    mean.py FOLDER      prints {"file", "type" or "reason", "encoding"?, "language"?, "has": […], "lacks": […], …} a line

Writers from Debian (pandoc, groff, ghostscript, qpdf, pango-view, LibreOffice) and PyPI (msoffcrypto-tool, xlwt) are used where
they are there; what they would have made is left out where they are not.
"""
import mean_office
import mean_text

mean_text.encodings()
mean_text.odd_text()
mean_text.html()
mean_text.rtf()
mean_text.mail()
mean_office.office()
