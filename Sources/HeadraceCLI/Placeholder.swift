// HeadraceCLI
