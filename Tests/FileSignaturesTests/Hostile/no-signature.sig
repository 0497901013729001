heed-signature 1
