#include "CMicrocontroller.h"
