"""The refusals of the life of rule sets, and their kinds of fault."""

from shared.errors import CodeFaute, Phrase, RegleEtat, declare


class ReglesPubliees(RegleEtat):
    """A published rule set never changes: decisions name it."""

    code = "REGLES_PUBLIEES"
    titre = Phrase(
        "Ce jeu de règles est publié : il ne change plus", "This rule set is published: it no longer changes"
    )


class ReglesExistantes(RegleEtat):
    """A rule set has this version already."""

    code = "REGLES_EXISTANTES"
    titre = Phrase("Un jeu de règles a déjà cette version", "A rule set has this version already")


class PublicationRefusee(RegleEtat):
    """What a publication needs is not all there; ``erreurs`` names each condition that is not met."""

    code = "PUBLICATION_REFUSEE"
    titre = Phrase("Ce jeu de règles ne peut pas encore être publié", "This rule set cannot be published yet")


declare(
    CodeFaute("CODE_REPETE", Phrase("Ce code est donné deux fois", "This code is given twice")),
    CodeFaute("SEUIL_ABSENT", Phrase("Ce paramètre n'a pas de valeur tous les jours", "No value on some days")),
    CodeFaute("VALEURS_SIMULTANEES", Phrase("Deux valeurs pour un même jour", "Two values on one day")),
    CodeFaute("REGLE_REQUISE", Phrase("Une règle nécessaire manque", "A rule that is needed is missing")),
    CodeFaute(
        "CONDITION_INAPPLICABLE",
        Phrase("Cette comparaison n'a pas de sens ici", "This comparison means nothing here"),
    ),
    CodeFaute("CAS_NON_JOUES", Phrase("Cas non joués sur ce contenu", "Cases were not run on this content")),
    CodeFaute("CAS_NON_VERTS", Phrase("Des cas ne donnent pas l'attendu", "Some cases are not as expected")),
    CodeFaute("SIMULATION_ABSENTE", Phrase("Ce contenu n'a pas été simulé", "This content was not simulated")),
    CodeFaute("DEBUT_PASSE", Phrase("Un jeu ne change pas les jours passés", "A rule set never changes past days")),
    CodeFaute("VALIDITE_CHEVAUCHANTE", Phrase("Deux jeux pour un même jour", "Two rule sets on one day")),
    CodeFaute("VALIDITE_TROUEE", Phrase("Des jours seraient sans règles", "Some days would have no rules")),
    CodeFaute(
        "MEME_PERSONNE",
        Phrase("Qui a écrit ce jeu ne peut pas l'approuver", "Who wrote this rule set cannot approve it"),
    ),
    CodeFaute("EMPREINTE_DIFFERENTE", Phrase("Le contenu n'est plus celui-là", "The content is no longer that one")),
)
