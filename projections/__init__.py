"""One file for each question that somebody asks: fold, rows and query together. All can be thrown away and rebuilt."""
