#pragma once

/// Whether the descriptor is a terminal.
int platform_is_terminal(int descriptor);

/// The width of a terminal in characters, or 0 if unknown.
int platform_terminal_columns(int descriptor);
