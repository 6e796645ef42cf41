# Distributions. In front of this stand numbers only; everything else comes from data files.
set terminal svg size width,height fixed font 'sans-serif,12' noenhanced background rgb '#ffffff'
set output 'chart.svg'
set encoding utf8
set datafile separator tab

ink = 0x1b1f24
muted = 0x5b6470
grid = 0xd8dde3
blue = 0x0072b2
vermillion = 0xd55e00

# A hair wider: rounding in the logarithm loses a tic that stands on the edge.
set xrange [0.9999 * lo:1.0001 * hi]
set yrange [0:100]
set logscale x
set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)
set xtics nomirror out scale 0.5 textcolor rgb ink font ',11'
set ytics 25 nomirror out scale 0.5 textcolor rgb ink font ',11' format '%g %%'
set border 3 lc rgb muted
set grid xtics ytics lc rgb grid lt 1 lw 1
set label 'total, ms' at screen 0.5, screen 12.0 / height center textcolor rgb muted

# The key, in one row above.
unset key
array entry = ['CDN', 'baseline', sprintf('p%g', percent), sprintf('limit %g ms', limit)]
array dash = [1, 4, 3, 2]
array thick = [2.2, 1.8, 1, 1.3]
array colour = [blue, vermillion, muted, ink]
entries = has_limit > 0 ? 4 : 3
row = 0.0
do for [k=1:entries] {
	row = row + 70 + 6.8 * strlen(entry[k])
}
at = 0.5 * (width - row) + 8
do for [k=1:entries] {
	set arrow from screen at / width, screen 1 - 16.0 / height \
	    to screen (at + 34) / width, screen 1 - 16.0 / height \
	    nohead lw thick[k] dt dash[k] lc rgb colour[k]
	set label entry[k] at screen (at + 42) / width, screen 1 - 16.0 / height left textcolor rgb ink
	at = at + 70 + 6.8 * strlen(entry[k])
}
panel = (height - head - foot) / lines
set multiplot
do for [i=1:int(panels)] {
	c = (i - 1) % int(columns)
	l = (i - 1) / int(columns)
	set lmargin at screen (c + 0.0) / columns + 52.0 / width
	set rmargin at screen (c + 1.0) / columns - 16.0 / width
	set tmargin at screen 1 - (head + l * panel + 36.0) / height
	set bmargin at screen 1 - (head + (l + 1) * panel - 30.0) / height
	plot percent with lines lw 1 dt 3 lc rgb muted notitle, \
	     sprintf('baseline%d.dat', i) with lines lw 1.8 dt 4 lc rgb vermillion notitle, \
	     sprintf('cdn%d.dat', i) with lines lw 2.2 lc rgb blue notitle, \
	     'limit.dat' using 1:2 with lines lw 1.3 dt 2 lc rgb ink notitle, \
	     sprintf('title%d.dat', i) using 1:2:3 \
	         with labels left offset -0.3, 0.9 font ',13' tc rgb ink notitle
	unset label
	unset arrow
}
unset multiplot
