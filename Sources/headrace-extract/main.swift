print("headrace-extract")
