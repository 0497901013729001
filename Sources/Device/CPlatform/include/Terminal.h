#pragma once

/// True when the descriptor is a terminal.
int platform_is_terminal(int descriptor);

/// The width of a terminal in characters, or 0 where it does not say.
int platform_terminal_columns(int descriptor);
