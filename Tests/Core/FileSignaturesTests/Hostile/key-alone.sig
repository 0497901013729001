cooee-signature 1
/r9bqKrfXSwWiJAW/zZOJItE5benjO2LRXihRb2E6rg=
