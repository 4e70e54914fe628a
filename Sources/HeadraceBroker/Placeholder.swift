// HeadraceBroker
