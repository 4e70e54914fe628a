// HeadraceCore
