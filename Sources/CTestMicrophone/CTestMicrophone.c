#include "CTestMicrophone.h"
