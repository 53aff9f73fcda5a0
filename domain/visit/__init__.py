"""The visit: one door and the pupils behind it, from the request to the record."""
