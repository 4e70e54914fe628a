// HeadraceTesting
