#include "cooee.h"
