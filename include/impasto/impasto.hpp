// impasto's public C++ API: neural style transfer (Gatys, Ecker & Bethge 2016).
#pragma once

#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "impasto/options.hpp"
#include "impasto/transfer.hpp"
#include "impasto/walk.hpp"
#include "impasto/weights.hpp"
