// HeadraceStreams
