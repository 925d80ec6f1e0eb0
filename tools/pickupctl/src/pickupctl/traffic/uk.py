"""A small made-up country: towns that exist, streets, people and numbers that are made up."""

from __future__ import annotations

from msgspec import Struct


class Town(Struct, frozen=True):
    """A town with the outward part of its postcodes and its middle (WGS 84)."""

    name: str
    outward: str
    lat: float
    lon: float
    landline: str = "01632 "
    city: bool = False


TOWNS = (
    Town("Royston", "SG8", 52.048, -0.024),
    Town("Kettering", "NN16", 52.397, -0.729),
    Town("Taunton", "TA1", 51.015, -3.106),
    Town("Harrogate", "HG1", 53.993, -1.541),
    Town("Shrewsbury", "SY1", 52.707, -2.752),
    Town("Ipswich", "IP1", 52.058, 1.145),
    Town("Dunfermline", "KY12", 56.072, -3.452),
    Town("Wrexham", "LL11", 53.047, -2.994),
    Town("Maidstone", "ME14", 51.275, 0.523),
    Town("Stockport", "SK1", 53.409, -2.149, "0161 "),
    Town("Reading", "RG1", 51.455, -0.972, "0118 "),
    Town("Sunderland", "SR1", 54.906, -1.381, "0191 "),
)
CITIES = (
    Town("London", "N1", 51.538, -0.102, "020 7", True),
    Town("London", "E14", 51.504, -0.019, "020 7", True),
    Town("London", "SW6", 51.477, -0.198, "020 7", True),
    Town("Birmingham", "B1", 52.479, -1.908, "0121 ", True),
    Town("Manchester", "M1", 53.478, -2.235, "0161 ", True),
)

STREETS = (
    "Meadow Close",
    "Orchard Way",
    "Mill Road",
    "Church Lane",
    "Victoria Street",
    "Birch Avenue",
    "Station Road",
    "Kingsley Drive",
    "The Crescent",
    "Hawthorn Gardens",
    "Alma Terrace",
    "Fernleigh Rise",
    "Park View",
    "Queens Road",
    "Larch Grove",
    "Bramble Walk",
    "Cromwell Place",
    "Nelson Street",
    "Priory Court",
    "Old Forge Lane",
)
HOUSE_NAMES = ("Rose Cottage", "The Old Rectory", "Hillcrest", "Willow End", "Fairview", "The Bungalow")
FIRST = (
    *("Amina", "Barbara", "Callum", "Dilys", "Ewa", "Farah", "George", "Hannah", "Imran", "Joan", "Kamil", "Leah"),
    *("Margaret", "Nathan", "Olu", "Priya", "Ronald", "Sian", "Tomos", "Uzma", "Vera", "Winston", "Yusuf", "Zofia"),
)
LAST = (
    *(
        "Abbott",
        "Bhatt",
        "Carver",
        "Doyle",
        "Evans",
        "Fielding",
        "Gallagher",
        "Hussain",
        "Iqbal",
        "Jenkins",
        "Kowalska",
    ),
    *("Lund", "Morris", "Nowak", "Okafor", "Price", "Quinn", "Rahman", "Stone", "Tanner", "Usher", "Vaughan", "Wood"),
)
#: Firms by trade: what they are called, what the operator's system says their premises are.
FIRMS = {
    "solicitor": (("Harding & Lowe Solicitors", "Priory Law LLP", "Aske Legal"), "business"),
    "accountant": (("Ledger & Partners Accountants", "Northfield Accounting"), "business"),
    "pharmacy": (("Meadow Pharmacy", "Station Road Chemist"), "medical"),
    "surgery": (("Riverside Surgery", "The Elms Medical Centre"), "medical"),
    "hospital": (("General Hospital, Ward 7", "General Hospital, Outpatients"), "medical"),
    "dental lab": (("Crown Dental Laboratory", "Bright Dental Lab"), "business"),
    "printer": (("Inkwell Print", "County Litho"), "business"),
    "parts": (("Autoparts Direct", "Trade Motor Factors"), "business"),
    "florist": (("Petal & Stem", "Bloom Florists"), "retail"),
    "bakery": (("Crumb Bakery", "The Cake Room"), "retail"),
    "electronics": (("Fixit Electronics", "Screen Clinic"), "retail"),
    "estate agent": (("Gable Estate Agents", "Keystone Lettings"), "business"),
    "employer": (("Halcyon Software Ltd", "Brightwell Group HQ", "Orrin Insurance plc"), "business"),
    "retailer": (("Parcelhub Returns", "Modish Returns Centre"), "business"),
    "school": (("St Anne's Primary School", "Parkside Academy"), "education"),
    "vet": (("Paws Veterinary Centre", "Greenfield Vets"), "medical"),
    "garage": (("Kerr's Garage", "A1 Autos"), "business"),
    "care home": (("Sycamore House Care Home", "The Limes Residential Home"), "care_home"),
    "jeweller": (("Hollis Jewellers", "Beck & Son Jewellers"), "jeweller"),
}
BANKS = ("Barclays", "Lloyds Bank", "NatWest", "Nationwide", "Santander")
SHOPS = ("Tesco Superstore", "Sainsbury's", "Aldi", "Morrisons", "Marks & Spencer")
PUBS = ("The Red Lion", "The Plough", "The Crown Inn", "The Fox & Hounds")
