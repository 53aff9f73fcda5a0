"""Five schools' policies and the defaults, as data: settings with clause ids. No code."""
