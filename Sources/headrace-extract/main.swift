internal import Glibc
internal import HeadraceExtractionFormats

exit(HelperMain.run(Array(CommandLine.arguments.dropFirst())))
