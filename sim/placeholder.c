typedef int placeholder_sim;
