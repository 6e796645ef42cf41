# The map. In front of this stand numbers only; everything else comes from data files.
set terminal svg size width,map_height+foot fixed font 'sans-serif,12' noenhanced background rgb '#ffffff'
set output 'chart.svg'
set encoding utf8
set datafile separator tab

set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 1
set bmargin at screen foot / (map_height + foot)
set xrange [0:width]
set yrange [map_height:0]
unset border
unset tics

ink = 0x1b1f24
paper = 0xffffff
land = 0xe3e7ec
green = 0x009e73
orange = 0xe69f00
vermillion = 0xd55e00
blue = 0x0072b2
purple = 0xa3527f
grey = 0x5b6470

# The key, in one row below: of what there is.
unset key
array entry = ['meets the objective', 'only just', 'misses it', 'no data', 'node', 'candidate', 'recommended']
array there = [n_ok, n_close, n_over, n_unknown, n_node, n_candidate, n_recommended]
array sign = [7, 9, 11, 2, 4, 12, 12]
array size = [1.0, 1.3, 1.5, 0.8, 1.5, 1.5, 2.0]
array line = [1, 1, 1, 1.6, 2, 1.6, 3.5]
array colour = [green, orange, vermillion, grey, blue, purple, purple]
row = 0.0
do for [k=1:7] {
	row = row + (there[k] > 0 ? 44 + 6.8 * strlen(entry[k]) : 0)
}
at = 0.5 * (width - row) + 12
do for [k=1:7] {
	if (there[k] > 0) {
		set label entry[k] at screen at / width, screen 0.5 * foot / (map_height + foot) \
		    left offset 1.6, -0.3 textcolor rgb ink \
		    point pt sign[k] ps size[k] lw line[k] lc rgb colour[k]
		at = at + 44 + 6.8 * strlen(entry[k])
	}
}

plot 'land.dat' using 1:2 with filledcurves closed fc rgb land fs solid 1 noborder notitle, \
     'water.dat' using 1:2 with filledcurves closed fc rgb paper fs solid 1 noborder notitle, \
     'leader.dat' using 1:2:3:4 with vectors nohead lw 0.8 lc rgb grey notitle, \
     'candidate.dat' with points pt 12 ps 1.5 lw 1.6 lc rgb purple notitle, \
     'recommended.dat' with points pt 13 ps 2.6 lc rgb paper notitle, \
     'recommended.dat' with points pt 12 ps 2.2 lw 3.5 lc rgb purple notitle, \
     'node.dat' with points pt 5 ps 1.9 lc rgb blue notitle, \
     'node.dat' with points pt 5 ps 1.35 lc rgb paper notitle, \
     'unknown.dat' with points pt 2 ps 0.8 lw 1.6 lc rgb grey notitle, \
     'ok.dat' with points pt 7 ps 1.0 lc rgb green notitle, \
     'close.dat' with points pt 9 ps 1.7 lc rgb paper notitle, \
     'close.dat' with points pt 9 ps 1.3 lc rgb orange notitle, \
     'over.dat' with points pt 11 ps 1.9 lc rgb paper notitle, \
     'over.dat' with points pt 11 ps 1.5 lc rgb vermillion notitle, \
     'left.dat' using 1:2:3 with labels left font ',11' tc rgb ink notitle, \
     'right.dat' using 1:2:3 with labels right font ',11' tc rgb ink notitle, \
     'centre.dat' using 1:2:3 with labels center font ',11' tc rgb ink notitle
