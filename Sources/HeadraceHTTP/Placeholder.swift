// HeadraceHTTP
