"""`pickupctl policy`: rulesets, lists and operators' overrides, from the editor to the workers and back."""
