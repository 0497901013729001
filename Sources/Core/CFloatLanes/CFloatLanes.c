#include "CFloatLanes.h"
