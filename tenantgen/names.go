package tenantgen

import "strings"

// Pools of invented people. Regions keep given names and surnames of one part of the world
// together; a third of the people of an office come from another region.

type namePool struct{ given, surnames []string }

func words(s string) []string { return strings.Fields(s) }

func namePools() map[string]namePool {
	return map[string]namePool{
		"anglo": {words("Alice Amber Bethany Bradley Callum Charlotte Chloe Clara Connor Damian Declan Eleanor Ethan Felix Fiona Gemma Graham Harriet Holly Imogen Isla Jasper Jenna Julian Keira Lewis Logan Maisie Megan Miles Niamh Owen Phoebe Reuben Rory Ruby Sienna Toby Violet Wesley"),
			words("Abbott Aldridge Ashworth Barlow Birch Bramwell Calloway Carmichael Chadwick Crane Dalton Eastwood Fairbanks Garrick Gilmore Hadley Hartley Holloway Ingram Kendrick Langley Marlowe Merrick Norwood Oakley Pemberton Prescott Quincy Radcliffe Rowland Sedgwick Sheldon Stanton Tennant Thackeray Underhill Wainwright Whitaker Wycliffe Yardley")},
		"german": {words("Annika Bastian Carsten Dagmar Dieter Elke Emil Florian Franziska Gerlinde Gunther Heike Henrik Ines Jannik Johanna Jonas Katharina Konrad Leonie Lorenz Mareike Matthias Nadine Niklas Petra Ralf Sabine Stefan Ulrike"),
			words("Albrecht Baumann Brandt Dietrich Eberhardt Engel Fassbender Gerber Grunwald Haas Hoffmann Jansen Kaufmann Keller Kirchner Lehmann Lindner Metzger Neumann Oberlin Pfeiffer Reinhardt Sauer Schreiber Seidel Thiessen Vogel Wagner Wendt Ziegler")},
		"nordic": {words("Aino Anders Astrid Birgitta Bjorn Eero Elin Espen Freja Gunnar Hakon Hanne Inga Janne Kaisa Lasse Linnea Magnus Maren Mikko Oda Oskari Pernille Ragnhild Sigrid Solveig Stellan Svea Tuomas Vidar"),
			words("Aaltonen Berglund Bjorklund Dahlberg Eklund Fagerholm Forsberg Gustavsson Hagen Hedlund Heikkinen Isaksen Jokinen Kallio Kjellberg Lahtinen Lundgren Makela Nordahl Nyberg Ostergaard Paulsen Rautio Sandvik Solberg Sorensen Tolvanen Vestergaard Virtanen Wikstrom")},
		"french": {words("Adele Alain Baptiste Benoit Celeste Clement Corinne Damien Elodie Etienne Fabrice Florence Gaelle Gilles Helene Julien Lucie Manon Mathieu Nathalie Odile Pascal Philippe Quentin Remi Sandrine Solene Thibault Valerie Yannick"),
			words("Arnaud Barbier Bertrand Blanchard Boucher Carpentier Chevalier Colin Delacroix Deschamps Duval Fontaine Garnier Gauthier Guerin Lacroix Lefebvre Leclerc Marchand Mercier Moreau Noel Perrin Picard Renard Rousseau Roux Tessier Vasseur Vidal")},
		"latin": {words("Adriana Alejandro Beatriz Bruno Camila Catarina Diego Eduardo Elena Emilio Esteban Fernanda Gabriela Hector Ignacio Isabela Joaquin Leonor Lorena Lucas Manuel Marisol Mateo Natalia Pilar Rafael Renata Sergio Tomas Valeria"),
			words("Aguilar Almeida Barbosa Benitez Cabrera Campos Cardoso Castillo Correia Delgado Duarte Escobar Ferreira Figueroa Fuentes Herrera Ibarra Lozano Machado Medina Montoya Navarro Pacheco Pereira Quiroga Ribeiro Salazar Serrano Teixeira Vargas")},
		"indian": {words("Aditi Ajay Ananya Anil Bhavna Chetan Deepa Devika Farhan Gaurav Harini Ishaan Jaya Karthik Lakshmi Madhav Meera Mohit Nandini Naveen Pooja Prakash Priyanka Rahul Ritu Sanjana Shreya Siddharth Tanvi Varun"),
			words("Agarwal Bhatt Banerjee Chakraborty Chatterjee Desai Deshmukh Ghosh Gokhale Iyer Jain Joshi Kapoor Kulkarni Malhotra Mehta Menon Mukherjee Nair Naidu Pillai Rao Reddy Saxena Shetty Sinha Srinivasan Subramanian Varma Venkatesh")},
		"eastasian": {words("Akira Ayumi Chen Daichi Emi Fumiko Haruto Hiroshi Hui Jiahao Jun Kaori Kenji Lian Mei Minh Naoki Ren Rin Ryo Sakura Shan Sora Takumi Tao Wei Xiu Yifan Yuki Zhen"),
			words("Cheng Fujimoto Goh Hashimoto Hayashi Huang Ishikawa Kimura Koh Kwan Lam Liu Matsuda Morita Nakamura Ng Ogawa Phua Sakamoto Saito Shimizu Sun Takahashi Tan Teo Ueda Watanabe Xu Yamaguchi Zhao")},
		"slavic": {words("Agnieszka Aleksander Bartosz Bogdan Danuta Dorota Ewa Filip Grzegorz Halina Iwona Jadwiga Jakub Kamila Katarzyna Krzysztof Ludmila Maciej Magdalena Marek Milena Mirela Ondrej Pavel Radka Stanislav Tereza Veronika Wojciech Zuzana"),
			words("Adamczyk Blazek Bielak Cermak Dvorak Dudek Fiala Gorski Havel Horak Jablonski Kaminski Kolar Krajewski Kucera Lis Majewski Marek Nemec Novotny Pawlak Prochazka Rutkowski Sikora Sobczak Svoboda Urban Wilk Zajac Zelenka")},
	}
}

// jobTitles holds a department's ordinary titles.
func jobTitles() map[string][]string {
	return map[string][]string{
		"Finance":             {"Accountant", "Accounts Payable Specialist", "Financial Controller", "Payroll Specialist", "Treasury Accountant", "Tax Analyst"},
		"Retail Banking":      {"Branch Adviser", "Mortgage Adviser", "Teller", "Personal Banker", "Branch Supervisor"},
		"Commercial Lending":  {"Credit Analyst", "Loan Officer", "Underwriter", "Relationship Manager"},
		"Treasury":            {"Liquidity Analyst", "Dealer", "Cash Manager", "Settlement Officer"},
		"Risk and Compliance": {"Compliance Officer", "Risk Analyst", "AML Investigator", "Internal Auditor"},
		"Customer Support":    {"Support Agent", "Complaints Specialist", "Team Coordinator", "Service Desk Agent"},
		"Marketing":           {"Campaign Manager", "Copywriter", "Brand Designer", "Market Researcher"},
		"Human Resources":     {"Recruiter", "HR Adviser", "Benefits Specialist", "Learning Specialist"},
		"Legal":               {"Counsel", "Paralegal", "Contract Manager"},
		"Engineering":         {"Software Engineer", "Data Engineer", "Quality Engineer", "Site Reliability Engineer", "Architect"},
		"IT Operations":       {"Systems Administrator", "Helpdesk Technician", "Identity Engineer", "Endpoint Engineer", "Network Engineer"},
		"Security":            {"SOC Analyst", "Security Engineer", "Threat Hunter", "Incident Responder"},
		"Executive":           {"Executive Assistant", "Chief of Staff"},
	}
}

// departments lists the departments with their share of the people, largest last-mile first; the
// order is part of the output.
func departments() ([]string, []float64) {
	return []string{"Finance", "Retail Banking", "Commercial Lending", "Treasury", "Risk and Compliance", "Customer Support",
			"Marketing", "Human Resources", "Legal", "Engineering", "IT Operations", "Security"},
		[]float64{9, 22, 10, 6, 8, 15, 5, 4, 3, 10, 6, 2}
}

func partnerCompanies() []string {
	return []string{"Alpine Ski House", "Bellows College", "Lamna Healthcare", "Margie Travel", "Munson Pickles", "Proseware", "Tailspin Toys", "VanArsdel"}
}
