// HeadraceDocuments
