"""The page families that the browser visits, one address each."""

FAMILIES = {
    "home": "/",
    "indicators": "/indicateurs",
    "search": "/indicateurs?q=sucre",
    "indicator": "/indicateurs/PAT-DIAB-PREV?territoire=REG-53",
    "indicator_departements": "/indicateurs/INN-SGLT2?territoire=DEP-35&niveau=DEP&sexe=2",
    "indicator_mean": "/indicateurs/HOS-DMS",
    "territories": "/territoires",
    "territory": "/territoires/REG-53",
    "departement": "/territoires/DEP-2A",
    "dictionary": "/dictionnaire",
    "quality": "/qualite",
    "api": "/api",
    "site_map": "/plan",
    "accessibility": "/accessibilite",
    "legal": "/mentions-legales",
    "personal_data": "/donnees-personnelles",
    "english": "/indicateurs/PAT-DIAB-PREV?territoire=REG-53&langue=en",
    "missing": "/rien",
    "wrong_parameter": "/indicateurs/HOS-DMS?territoire=REG-99",
}
WIDTHS = (1280, 320)
