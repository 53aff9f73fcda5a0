"""Who read what: one stream a person a day. Ids only; what somebody typed to search by is never kept."""
