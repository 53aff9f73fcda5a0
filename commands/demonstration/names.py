"""Names to give to invented people, streets and classes. None is meant to be anybody's."""

GIVEN_NAMES = (
    "Aaliyah", "Abigail", "Adaeze", "Aisha", "Alfie", "Amara", "Amelka", "Anaya", "Archie", "Arlo", "Aurora", "Ayaan",
    "Bartek", "Beatrix", "Callum", "Chidi", "Clementine", "Dafydd", "Daisy", "Danish", "Dexter", "Eilidh", "Elowen",
    "Emmanuel", "Ernest", "Esme", "Ezra", "Faith", "Farhan", "Ffion", "Freya", "George", "Grace", "Hamza", "Harvey",
    "Hana", "Ibrahim", "Idris", "Imogen", "Inaya", "Isla", "Ivy", "Jakub", "Jasmine", "Jaya", "Joshua", "Kai",
    "Kofi", "Kyra", "Lacey", "Leo", "Lola", "Luca", "Maisie", "Malachi", "Maryam", "Matilda", "Mei", "Milo",
    "Mohammed", "Nadia", "Nia", "Noah", "Oleksandr", "Olive", "Orla", "Oscar", "Otis", "Penny", "Priya", "Reggie",
    "Rhys", "Robin", "Ruby", "Rufus", "Safa", "Samuel", "Sanjay", "Sienna", "Sofia", "Tadeusz", "Taiwo", "Teddy",
    "Thea", "Tobias", "Umar", "Violet", "Wanda", "Wilfred", "Xanthe", "Yasmin", "Yusuf", "Zachary", "Zofia", "Zuri",
)  # fmt: skip

ADULT_NAMES = (
    "Adebayo", "Agnieszka", "Alison", "Amina", "Andrew", "Angela", "Anjali", "Bernard", "Bronwen", "Carmen", "Cheng",
    "Claire", "Colette", "Darren", "Deborah", "Dilys", "Elaine", "Emeka", "Fatima", "Fergus", "Fiona", "Gareth",
    "Geraldine", "Gillian", "Hannah", "Harpreet", "Hector", "Helen", "Imran", "Irena", "Jacqueline", "Jerome",
    "Joanne", "Judith", "Karen", "Kelechi", "Kenneth", "Khadija", "Kieran", "Laszlo", "Leila", "Lorraine", "Malcolm",
    "Manjit", "Marcia", "Marek", "Maureen", "Melanie", "Mercy", "Moira", "Nasreen", "Natasha", "Neil", "Nicola",
    "Nkechi", "Olena", "Parveen", "Patrick", "Pauline", "Perpetua", "Rajesh", "Rosalind", "Roxana", "Ruth", "Sandra",
    "Shabana", "Sharon", "Sinead", "Stefan", "Stephen", "Sunita", "Suresh", "Tamsin", "Terence", "Thandiwe", "Trevor",
    "Ulrike", "Valerie", "Vikram", "Winston", "Yetunde", "Yvonne", "Zainab", "Zoltan",
)  # fmt: skip

FAMILY_NAMES = (
    "Abiodun-Fell", "Ackerholt", "Alderwick", "Amberforth", "Ashmarrow", "Bamberloe", "Begum-Hartle", "Birchwistle",
    "Blackmirehouse", "Bramblecote", "Brightwhistle", "Chandrapal", "Chatterwell", "Cloverdene", "Copplethwaite",
    "Crumblehulme", "Dalgliesh-Ojo", "Dewberrow", "Dimbleshaw", "Dunnockby", "Eastermead", "Eluwasan", "Fairbramble",
    "Farooqi-Lane", "Fennelworth", "Fernihough-Roy", "Fiddlemoor", "Foxentree", "Garrowmore", "Gatenhalgh",
    "Goldthrush", "Greenhithe-Okoro", "Hadderley", "Harkenfield", "Hazelrigby", "Hobbleforth", "Hollowmere",
    "Hussain-Thorley", "Iglesmoor", "Inchmarlow", "Jasminder-Cole", "Kaczmarrow", "Kestrelby", "Kettlethorn",
    "Kowalbrook", "Larkhallow", "Lightbarrow", "Lowenmoor", "Mahmoud-Stead", "Marchbanksby", "Merriwold",
    "Mistlecroft", "Moorhenley", "Mwangi-Pryce", "Nettlebank", "Nightinghale", "Nowakowbury", "Oakenshott", "Odalapo",
    "Oxtobury", "Palmerstrand", "Patelwood", "Peverelly", "Pinderwick", "Plumridgeon", "Quillfeather", "Rahmanleigh",
    "Ravenstorth", "Redgarland", "Rosebotham", "Rowantree-Singh", "Saltmarshall", "Sandiforth-Li", "Shahcroft",
    "Silverdell", "Skylarkin", "Sorrelby", "Starlingham", "Stonehouser", "Swallowby", "Tamarindo", "Tanglewode",
    "Thistlethorpe", "Tillybrook", "Umbrellworth", "Underhallow", "Vennerby", "Wagtailby", "Wakelorn", "Waxwingham",
    "Weatherlark", "Whinberry", "Wintergrove", "Wrenfield", "Yaffleton", "Yarrowby", "Zamoyskiford",
)  # fmt: skip

STREETS = (
    "Applegarth Ginnel", "Barleysugar Row", "Beeswax Lane", "Bellwether Rise", "Bobbin Weavers Yard", "Buttercross Brow",
    "Candlemaker Steps", "Chaffinch Gardens", "Cinderwell Road", "Clatterbridge Terrace", "Cobnut Close",
    "Copperkettle Lane", "Corncrake Drive", "Damson Walk", "Drystone Avenue", "Featherbed Hill", "Fiddlers Ropewalk",
    "Gingerbread Court", "Goosegog Lane", "Hopscotch Street", "Inkwell Place", "Kingcup Crescent", "Ladder Brow Road",
    "Larkspur Rise", "Marmalade Mews", "Milkchurn Way", "Nutbrown Road", "Old Threadmill Road", "Otterholt Close",
    "Pancake Bank", "Pepperpot Road", "Quincetree Street", "Sandpiper Reach", "Skimmingstone View", "Spindleberry Road",
    "Tanyard Twitchel", "Teasel Street", "Tinderbox Row", "Toffee Hammer Lane", "Whirligig Gardens",
)  # fmt: skip

CLASSES = ("Ash", "Beech", "Cherry", "Elder", "Hazel", "Larch", "Maple", "Rowan", "Willow")

TITLES_HER = ("Ms", "Mrs", "Miss", "Ms", "Mrs", "Dr")
TITLES_HIM = ("Mr", "Mr", "Mr", "Mr", "Dr")

LANGUAGES = (
    ("Polish", True), ("Urdu", True), ("Romanian", True), ("Yoruba", False), ("Bengali", True), ("Ukrainian", True),
    ("Punjabi", False), ("Portuguese", True), ("Welsh", False), ("British Sign Language", True), ("Arabic", True),
)  # fmt: skip
"""A language of the home, and whether an interpreter is wanted."""

NO_PHONE_REASON = (
    "The family has no telephone at present. Messages are left with the grandmother at number 4, in person."
)
