"""The evidence on which a candidate replaces the champion."""
