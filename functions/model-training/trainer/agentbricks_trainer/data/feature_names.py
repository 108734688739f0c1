"""Names of the ranker's features, in the order of the columns. FEATURE_NAMES in TypeScript is the same list."""

USER_FEATURES = ("plays7d", "playsTotal", "meanRating")
TITLE_FEATURES = ("plays7d", "playsTotal", "meanRating", "ageDays")
FEATURE_NAMES = (
    *(f"user_{name}" for name in USER_FEATURES),
    *(f"title_{name}" for name in TITLE_FEATURES),
    "pair_genreAffinity",
)
