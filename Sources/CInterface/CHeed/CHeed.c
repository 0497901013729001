#include "heed.h"
