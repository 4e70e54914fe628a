// HeadraceGateway
