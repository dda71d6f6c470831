typedef int placeholder_layouts;
