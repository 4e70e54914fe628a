// HeadraceSQLite
