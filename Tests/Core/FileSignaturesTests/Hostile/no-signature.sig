cooee-signature 1
