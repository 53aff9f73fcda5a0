"""Backup and restore: the log and its keys as two folders of files that say of themselves whether they are whole.

A backup is two parts, each a folder with a manifest. The log part may be kept for as long as the log is; the keys part
only for days, because a key that is erased must not live on in it. The key file is in neither.

    errors      what can be wrong, as sentences
    lines       files of rows; each line says whether it and all before it are as they were written
    manifest    what a part says of itself: format, installation, schools, migrations, each file's size and hash
    shapes      which tables there are, their columns, and the order in which they can be filled
    parts       a part being written under a name that nobody takes for a backup; a part opened to be restored
    walking     a school's events gone through: gapless, canonical, in order, and what was sealed
    taking      `doorstep backup`: the log of every school, and then the keys
    readmes     what the folders say of themselves
    filling     rows into tables
    keys        the keys part into a key database; what was erased since stays erased
    epochs      what was sealed and is missing, and the epoch that goes on from there
    restoring   `doorstep restore`: one transaction, so that there is a whole log or none
    trying      `doorstep restore --test`: a database server made for it and thrown away
    upkeep      when that was last done, and how far each school is sealed: `doorstep status`

`docs/backup-format.md` says what the files hold.
"""
