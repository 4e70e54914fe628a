// HeadraceServices
