import Glibc
import HeadraceCLI

exit(await Headrace.run(Array(CommandLine.arguments.dropFirst())))
