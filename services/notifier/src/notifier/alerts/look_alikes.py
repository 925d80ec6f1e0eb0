"""What a booking that looked like a scam turned out to be: the codes of the look-alike families, in words. Pure.

Left out is "the police or a solicitor sent for it" (N43): the police in the United Kingdom say that they never send
couriers for cash, cards or valuables, so that nobody clears a booking by it.
"""

from __future__ import annotations

#: By what was carried or why. Within a group in the order of the codes.
LOOK_ALIKES: dict[str, dict[str, str]] = {
    "Papers": {
        "N01": "Solicitor or accountant working from home sends papers",
        "N02": "Client sends signed papers to a solicitor",
        "N04": "Passport or visa papers to an embassy or agent",
        "N27": "Exam scripts or markers' papers",
        "N28": "Postal vote or nomination papers",
        "N31": "Will or probate papers to a solicitor",
        "N34": "Journalist's or film's memory cards, contracts",
        "N37": "Library, museum or archive loan",
        "N44": "Notary or mortgage broker collects papers",
    },
    "Lost, left behind, keys": {
        "N03": "Passport left at home, taken to the traveller",
        "N05": "Lost phone, wallet or keys brought back",
        "N06": "Keys to a relative or builder",
        "N07": "Estate agent's or letting keys",
        "N08": "Holiday-let host sends keys",
        "N38": "Guest left something at a friend's house",
    },
    "Family and care": {
        "N09": "Relative books a taxi for an older person",
        "N10": "Relative books a trip to the bank, known and agreed",
        "N11": "Regular trip to the bank or post office",
        "N12": "Care home or council moves a resident",
        "N13": "Carer sends medicine",
        "N14": "Hospital sends belongings home",
        "N16": "Hearing aid, dentures or glasses",
        "N30": "For a funeral",
        "N32": "Gift to a relative",
        "N39": "Belongings or children's things after a separation",
    },
    "Samples and animals": {
        "N15": "Medical sample to a surgery or laboratory",
        "N36": "Vet's sample or medicine for an animal",
    },
    "Bought, sold, returned": {
        "N17": "Sold online, the buyer sent a courier",
        "N18": "Jewellery, watch or gold sold to a known dealer",
        "N19": "Jeweller returns a repair",
        "N20": "Auction house collects",
        "N21": "Phone swapped by an insurer or repairer",
        "N22": "Return to a shop",
        "N23": "Bank brings a new card to the home",
        "N40": "Shopper rides to a jeweller",
    },
    "Work, school, clubs": {
        "N24": "Takings of a home business to the bank",
        "N25": "Charity or club money",
        "N26": "School things",
        "N29": "Wedding or party things",
        "N33": "Leaver returns a laptop or badge to the employer",
        "N35": "Spare part or tool of a tradesman",
    },
    "Short visits": {
        "N41": "Visitor on business: nurse, agent, locksmith",
        "N42": "Customer drops something off, the taxi waits",
    },
}
#: Every code with its words.
WORDS: dict[str, str] = {code: words for group in LOOK_ALIKES.values() for code, words in group.items()}
