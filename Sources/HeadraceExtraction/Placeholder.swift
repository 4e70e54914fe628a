// HeadraceExtraction
