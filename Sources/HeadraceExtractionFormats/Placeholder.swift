// HeadraceExtractionFormats
