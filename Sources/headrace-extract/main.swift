internal import Glibc
internal import HeadraceExtractionFormats

exit(HelperMain.run())
