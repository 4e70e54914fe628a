// HeadraceKafka
