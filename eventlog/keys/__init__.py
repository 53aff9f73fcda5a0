"""Data keys: what makes the personal part of the log readable, and whose destruction erases it.

Three places, and whoever has one of them has nothing: the log's database holds what is encrypted; the key database
holds the data keys, wrapped; the key file, outside PostgreSQL, holds the key-encryption keys that unwrap them. A
second place, a folder outside PostgreSQL too, keeps every wrapped data key once more.

    key_file        the file: who may read it, what stands in it
    wrapping        how a data key is wrapped, and bound to its school and its id
    schema          the key database's tables, and the key file of a new installation
    key_database    what is asked of the key database
    second_place    the folder of wrapped data keys
    keyring         one school's keys, for the log
    keyrings        all schools' keyrings: opening them checks file and database against each other
    rotation        another key-encryption key
    restoring       a lost or older key database, brought up from the second place
"""
