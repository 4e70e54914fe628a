// HeadraceHTTPServer
