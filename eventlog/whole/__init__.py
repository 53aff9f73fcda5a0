"""A school's whole export: everything that it takes with it, in a folder that says of itself whether it is whole.

    shapes      what the folder says of itself, and the names of what is in it
    keys        the data keys, sealed for a passphrase or a public key (`eventlog.age`)
    writing     `doorstep school export`: read from one moment, streamed, and named only when it is whole
    checking    whether a folder is what was written, and what the school's log says now
    readme      what the folder says to whoever finds it

`docs/school-export.md` says what the files hold.
"""
