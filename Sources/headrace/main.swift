print("headrace")
