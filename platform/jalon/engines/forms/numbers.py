"""Numbers of the administration and other values with a shape: checked, normalised."""


def check_value(kind: str, text: str) -> tuple[bool, str, str]:
    """Check one value: (ok, normalised text, French message, empty when ok).

    Kinds: nir siren siret rna iban phone_fr postcode_fr insee_commune email duration.
    """
    raise NotImplementedError
